// Made from docs/errors.md by `npm run reasons:embed`: what each reason code means, and what to do (or what is done).
export const REASONS = {
  "unauthorized": {
    "means": "no token, or not the token of this door",
    "todo": "copy the webhook URL or the token again; reading and operating have different ones"
  },
  "malformed": {
    "means": "the body is not an alert (or not a command); the answer's issues name each field",
    "todo": "fix the sender; the head of the body is kept at /api/v1/dead-letters"
  },
  "too-large": {
    "means": "more than 8 KiB",
    "todo": "send less; an alert has about 540 bytes"
  },
  "too-many-bad-tokens": {
    "means": "more than ten wrong tokens from this address within a minute",
    "todo": "wait for Retry-After; the right token passes at any time"
  },
  "address-not-tradingview": {
    "means": "TRADINGVIEW_IPS_ONLY=yes and the caller is none of TradingView's four addresses",
    "todo": "behind a proxy set TRUST_PROXY; for your own sender set TRADINGVIEW_IPS_ONLY=no"
  },
  "conflict": {
    "means": "an alert with the same strategy, kind, ticker, interval, bar and side is stored with other content; this one is recorded and never executed",
    "todo": "two scripts or two settings on one chart: give the second its own strategy, or delete one alert"
  },
  "not-stored": {
    "means": "the database could not write, so nothing was accepted",
    "todo": "disk space and the log; TradingView sends again by itself after this answer"
  },
  "not-ready": {
    "means": "the bridge is still recovering from its last stop; alerts are stored meanwhile",
    "todo": "wait some seconds; if it stays, the log says what recovery waits for"
  },
  "not-found": {
    "means": "no such address, coin or decision",
    "todo": "api.md lists the addresses; coins are spelled as Hyperliquid does (kPEPE)"
  },
  "bad-query": {
    "means": "an unknown, repeated or out-of-range query parameter; issues says which",
    "todo": "send what issues[].fix says"
  },
  "confirm-needed": {
    "means": "the change needs a number used once: none was sent, it was used already, or it is older than a minute",
    "todo": "ask POST /api/v1/confirm for one and send it as X-Confirm: api.md"
  },
  "rate-limited": {
    "means": "a token asked too often, or too many event streams are open",
    "todo": "wait for Retry-After; ask less often, or use the stream"
  },
  "not-available": {
    "means": "this runtime cannot do it: a Worker keeps no connection open and writes no files",
    "todo": "use the lists, or run the bridge on Node"
  },
  "internal": {
    "means": "a bug of ours",
    "todo": "look for the requestId in the log and report it"
  },
  "state-not-active": {
    "means": "trading is REDUCING or HALTED, so nothing is entered",
    "todo": "resume when you want entries again"
  },
  "not-an-entry": {
    "means": "cascade.start, zone.touch and heartbeat inform, and so does a cascade.snapback without a position of ours; only cascade.exhaustion enters",
    "todo": "nothing: this is how informative alerts end"
  },
  "unknown-strategy": {
    "means": "an entry for a strategy that takes none here",
    "todo": "send \"strategy\":\"max-pain\""
  },
  "alert-rate": {
    "means": "more entry alerts within an hour than the limit",
    "todo": "look for a chart that fires too often: raise its Leg size, or use a longer interval"
  },
  "clock-skew": {
    "means": "our clock and the venue's are more than 2 s apart, or the venue's has not been read for too long",
    "todo": "synchronise the machine's clock; ages, expiries and nonces rest on it"
  },
  "stale-alert": {
    "means": "the bar closed too long ago, or its interval is not one we know",
    "todo": "delivery or the bridge was late: nothing to do for this one. Known intervals: 1, 3, 5, 15, 30, 60, 120, 240, 1D"
  },
  "future-alert": {
    "means": "the bar closes later than now, by our clock",
    "todo": "synchronise the machine's clock"
  },
  "unmapped-ticker": {
    "means": "the ticker names no perpetual of the venue for certain; nothing is guessed",
    "todo": "use a perpetual (….P) of a coin that Hyperliquid lists"
  },
  "coin-disabled": {
    "means": "no parameters for this coin, or switched off",
    "todo": "add it"
  },
  "coin-delisted": {
    "means": "the venue does not trade this coin any more",
    "todo": "delete the alert"
  },
  "market-stale": {
    "means": "no mark price of the last 30 s (on /readyz: of no coin, and readings fail); as an answer: no candles for the coin yet",
    "todo": "/healthz feeds: connection, a rate limit or an outage of the venue"
  },
  "account-stale": {
    "means": "the account was not read within 120 s",
    "todo": "as for account-unreadable"
  },
  "guard-late": {
    "means": "the guard has not completed a pass recently: nothing may be entered",
    "todo": "guard late"
  },
  "zones-missing": {
    "means": "no liquidation map, or one older than 15 minutes",
    "todo": "after a start: wait until candles are loaded. Later: as for market-stale"
  },
  "quota-low": {
    "means": "what the venue still allows (actions, open orders) is kept for protection",
    "todo": "nothing: protection goes on; actions come back with volume traded, orders with what is cancelled"
  },
  "zone-not-swept": {
    "means": "the cascade took too little of the zone in its way to call it exhausted",
    "todo": "nothing: the commonest honest no. The numbers show how much it took"
  },
  "cascade-before": {
    "means": "nothing is washed out yet: open interest has not fallen by the coin's threshold, or our own bars have not seen the move",
    "todo": "nothing: the numbers say which; there is no forced flow to fade"
  },
  "cascade-during": {
    "means": "forced flow still runs: price is at the extreme, liquidations are near their fastest, or open interest still falls",
    "todo": "nothing: this knife is falling. A later alert is judged anew"
  },
  "cascade-unclear": {
    "means": "neither open interest nor bars since the leg are known, and the alert does not say that open interest fell",
    "todo": "after a start: wait until candles are loaded; later: as for market-stale"
  },
  "cascade-risk": {
    "means": "a zone lies just beyond the extreme that is several times what was consumed: the next leg's fuel",
    "todo": "nothing: a lesser one shrinks the size instead"
  },
  "conflicted": {
    "means": "the signals of a timeframe speak against the entry",
    "todo": "nothing; GET /api/v1/signals shows the cards"
  },
  "funding-cap": {
    "means": "the position would pay more funding per hour than the coin's bound",
    "todo": "wait, or raise the coin's fundingHourlyMax"
  },
  "drift-exceeded": {
    "means": "the mark has moved too far from the price in the alert",
    "todo": "nothing; if it is always so, the chart's venue differs from Hyperliquid"
  },
  "cooldown": {
    "means": "a stop of this coin was hit a short while ago",
    "todo": "wait: the coin's cooldownMinutes"
  },
  "position-open": {
    "means": "this coin has a position, or an entry on its way",
    "todo": "nothing: one entry per coin at a time"
  },
  "intent-unresolved": {
    "means": "an earlier order of this coin has an unknown outcome",
    "todo": "nothing: it ends by itself as soon as the venue can be asked"
  },
  "positions-cap": {
    "means": "as many positions as allowed are open",
    "todo": "wait until one is closed"
  },
  "daily-loss-cap": {
    "means": "the realised loss of the last 24 h reached its limit; trading becomes REDUCING",
    "todo": "think about why, then resume"
  },
  "weekly-loss-cap": {
    "means": "the realised loss of the last 7 days reached its limit; trading becomes REDUCING",
    "todo": "the same"
  },
  "daily-risk-cap": {
    "means": "the risk approved in the last 24 h reached its limit, or leaves less than the smallest order",
    "todo": "wait"
  },
  "cascade-cap": {
    "means": "entries of this side within the last ten minutes have used the risk that one cascade may have, or leave less than the smallest order",
    "todo": "nothing: the best ones went first"
  },
  "notional-cap": {
    "means": "a cap leaves less than the smallest order: of the coin, the account, its side, its group of coins, or the margin tier",
    "todo": "close something, or raise the coin's notionalUsdMax"
  },
  "margin-short": {
    "means": "the account holds nothing, or not enough free margin for the smallest order",
    "todo": "deposit, or close something"
  },
  "stop-too-far": {
    "means": "no place for a stop outside the clusters within the coin's bound",
    "todo": "nothing: the trade would risk too much for its size"
  },
  "stop-beyond-liquidation": {
    "means": "the stop would stand too near the liquidation price, or stands beyond it",
    "todo": "plan: lower the coin's leverage. Guard: repaired by itself"
  },
  "below-minimum-notional": {
    "means": "the size that fits the risk is under the venue's $10",
    "todo": "more equity, or a larger riskFraction"
  },
  "fading-over": {
    "means": "the bridge had seen the signals of a position fade, and when it was decided that was no longer so: profit, zone or signals have changed, or it was not so for a minute",
    "todo": "nothing: the position stays; it is asked again with the next bar"
  },
  "not-filled": {
    "means": "the entry met no order within its limit price and is over; nothing is left of it",
    "todo": "nothing; if often, look at the coin's entrySlippageBps and its book"
  },
  "venue-refused": {
    "means": "the venue said no and placed nothing",
    "todo": "read message, in the venue's own words; npm run doctor checks account, agents and quota"
  },
  "not-sent": {
    "means": "it never left this machine: no connection came up, or the action could not be built",
    "todo": "check the connection; the alert is over and not tried again"
  },
  "outcome-unknown": {
    "means": "sent, and no clear answer came back: it may have landed",
    "todo": "nothing: a fence ends the doubt, the guard protects meanwhile, and the coin takes no entry"
  },
  "never-landed": {
    "means": "the fence proved that nothing was placed and nothing ever will be",
    "todo": "nothing; the alert is over and not tried again"
  },
  "not-found-after-fence": {
    "means": "nothing can land any more, and the order was in none of the venue's lists",
    "todo": "compare with the venue's own page once; if it was filled, the guard protects it"
  },
  "stop-refused": {
    "means": "the venue refused a stop",
    "todo": "the guard places another in the same moment; after two refusals of its own in a row it closes the position"
  },
  "stop-missing": {
    "means": "no stop, or only one that is not armed",
    "todo": "places one, or closes when it is too late for one"
  },
  "stop-too-small": {
    "means": "valid stops cover less than the position",
    "todo": "places one of full size, then cancels the others"
  },
  "stop-too-large": {
    "means": "valid stops cover something else than the position: more, or the right sum in parts",
    "todo": "the same"
  },
  "stop-wrong-side": {
    "means": "the trigger is on the winning side, or already true at the mark",
    "todo": "the same"
  },
  "stop-not-reduce-only": {
    "means": "it could open a position",
    "todo": "the same"
  },
  "stop-limit-too-tight": {
    "means": "a stop-limit, or less than 2 % of room behind the trigger: it may not fill",
    "todo": "the same"
  },
  "stop-duplicate": {
    "means": "a stop beside the one that counts",
    "todo": "cancels the surplus"
  },
  "stop-orphan": {
    "means": "a stop or take profit of ours on a coin without a position, older than 15 s",
    "todo": "cancels it"
  },
  "close-refused": {
    "means": "a position must be closed, and the venue has refused the close: the book took nothing within 10 %",
    "todo": "places a stop half-way to the liquidation price, and goes on closing with every pass"
  },
  "stop-behind-plan": {
    "means": "a stop of ours is looser than the plan has become: after the first take profit the stop belongs at break-even",
    "todo": "places one there, then cancels the old one; leaves it when the mark has already passed"
  },
  "entry-resting": {
    "means": "an order of ours that could open a position, while the trading state is not ACTIVE",
    "todo": "cancels it"
  },
  "liquidation-near": {
    "means": "the liquidation price is less than 5 % of the mark away",
    "todo": "says so; the stop stands inside it. Add margin or reduce"
  },
  "margin-low": {
    "means": "maintenance takes more than half of the cross margin's equity",
    "todo": "says so; nothing is changed. Add margin or reduce"
  },
  "time-stop": {
    "means": "the plan's latest time is over",
    "todo": "nothing: the trade was accepted with this end"
  },
  "snapback-exit": {
    "means": "the chart said that the snap-back has run its course (cascade.snapback)",
    "todo": "nothing"
  },
  "opposite-exit": {
    "means": "an exhaustion of the other side fired on the coin",
    "todo": "nothing"
  },
  "fading-exit": {
    "means": "in profit near the opposite zone, the signals that carried the position have faded or turned (when)",
    "todo": "nothing; PUT /api/v1/coins/{coin} with {\"exitOnFading\":false} switches it off for a coin"
  },
  "flatten": {
    "means": "somebody asked for it",
    "todo": "nothing; while it goes on, /api/v1/guard shows each try"
  },
  "account-unreadable": {
    "means": "the account has not been read since the start: unknown is not flat. 503 on /api/v1/positions and a reason on /readyz",
    "todo": "the account cannot be read"
  },
  "signing-bug": {
    "means": "the venue read one of our signatures as a stranger's: this version hashes an action otherwise than the venue does. Trading state REDUCING; the guard goes on trying",
    "todo": "stop trading, report it, look for a newer version"
  },
  "agent-invalid": {
    "means": "the venue does not accept one of the two wallets any more: expired, replaced or removed. Trading state REDUCING; stops on the venue go on protecting",
    "todo": "approve a new wallet under a new address, change the key, restart, set ACTIVE"
  },
  "agent-expiring": {
    "means": "the approval of a wallet ends within 14 days",
    "todo": "approve it again in time"
  },
  "second-instance": {
    "means": "a fill of an order with our prefix opened a position, and this database does not know the order: another bridge trades the account, or an older backup was restored. Trading state REDUCING",
    "todo": "end the other one; after a restore look at the positions, then set ACTIVE"
  },
  "alert-feed-silent": {
    "means": "a chart that sent heartbeats has missed two in a row: its TradingView alert expired, failed or was stopped. A log line and a message in /healthz feeds, never a trade",
    "todo": "re-create the alert on that chart (pine/README.md)"
  },
  "not-heard": {
    "means": "fewer than half of the day's minutes were listened to at any venue: what was not heard is not known to be nothing",
    "todo": "keep the bridge running; /healthz feeds shows each venue's stream"
  },
  "bars-missing": {
    "means": "less than 90 % of the day's bars, or of the three days' before it, are kept: the map cannot be rebuilt as it was",
    "todo": "nothing after a first start; tried again every hour while the bars may still come"
  },
  "too-few-liquidations": {
    "means": "in no hour and no four hours were three liquidations of one side heard over a move of 0.4 %",
    "todo": "nothing: a calm day"
  },
  "score-failed": {
    "means": "the score could not be made or kept: a log line with the error",
    "todo": "tried again every ten minutes; if it stays, look at the disk and at market-live.db"
  }
};
