const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words of the language itself, and its types. */
export const KEYWORDS = words(`
  and or not if else for to by in while switch true false na var type method
  int float bool string color line label box table array map const simple series input
`);

/** Built-ins the scripts use. Add one after looking it up in the Pine v6 reference: the list is the spelling check. */
export const BUILTINS = words(`
  indicator alert alertcondition plotshape bgcolor plot
  alert.freq_once_per_bar_close
  open high low close volume time timenow bar_index time_close
  barstate.isconfirmed barstate.islast
  syminfo.prefix syminfo.ticker syminfo.tickerid syminfo.mintick
  timeframe.period timeframe.in_seconds
  input.int input.float input.bool input.string
  ta.atr ta.rsi ta.sma ta.highest ta.lowest
  math.abs math.max math.min math.floor math.log math.pow math.round math.round_to_mintick
  array.new array.new_float array.get array.set array.push array.size array.fill array.clear
  box.new box.delete line.new line.delete line.style_dashed
  str.tostring str.startswith str.format_time format.mintick nz
  request.security barmerge.lookahead_on feed.cryptoDerivativeMetric
  color.new color.orange color.blue color.green color.red color.gray
  shape.xcross shape.triangleup shape.triangledown shape.diamond
  location.abovebar location.belowbar size.tiny size.small text.align_left text.align_right
  table.new table.cell position.bottom_right position.top_right
  xloc.bar_time extend.right
`);
