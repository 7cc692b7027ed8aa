/** Seeds that once showed a bug, and what it was. Scenarios change with the code that draws them: the words stay true. */
export const REGRESSIONS: readonly { seed: number; showed: string }[] = [
  { seed: 3, showed: 'after a failed reading the guard waited for its timer' },
  {
    seed: 4,
    showed: 'a lagging reading made the guard forget the planned stop: it came back at the default distance',
  },
  {
    seed: 4,
    showed: 'a stop cancelled by hand was missed by a lagging reading, and only the timer looked again',
  },
  { seed: 386, showed: 'the guard swept its new stop because a lagging reading still showed the old one' },
  { seed: 386, showed: 'a stop the guard had cancelled went on counting as acknowledged for twelve seconds' },
  { seed: 317, showed: 'an entry seen once was no longer counted, and a lagging reading let a cap break' },
  { seed: 70, showed: 'legs that could not be looked up were written down as missed while they rested' },
  { seed: 259, showed: 'a stop of the guard was written down as missed and filled' },
  {
    seed: 232,
    showed: 'a fill was recorded, its trade was not (disk full), and nobody ever booked it or knew its plan',
  },
  { seed: 249, showed: 'a lagging reading of a turned position took the right stop away' },
  { seed: 534, showed: 'five failed readings in a row left a bare entry waiting for twenty seconds' },
  { seed: 2299, showed: 'after an outage one failed reading cost another ten seconds without a stop' },
  {
    seed: 1292,
    showed: 'two stops refused, a book that took no close: the guard tried nothing but the close',
  },
  { seed: 3632, showed: 'a close refused for seconds left a position without any stop meanwhile' },
  { seed: 4542, showed: 'readings that failed between refused closes left a position bare for 18 s' },
  { seed: 7245, showed: 'a cancel that landed a minute late took what had become the only stop' },
  {
    seed: 22854,
    showed: 'after an outage five failed readings in a row, five seconds apart, left a position bare',
  },
  {
    seed: 23641,
    showed: 'a position that grew by hand while its stop was replaced lost the one that covered it',
  },
  {
    seed: 25268,
    showed: 'a stop cancelled by hand right after it was placed was believed in for twelve seconds',
  },
  {
    seed: 701051,
    showed:
      'with our clock half a minute ahead, fills that lagged were taken for old: a filled close was not-filled',
  },
  {
    seed: 1301365,
    showed:
      'entries filled right before a crash did not count against the caps while the first readings lagged',
  },
  {
    seed: 1700559,
    showed:
      'after readings that failed and one that lagged the guard waited four more seconds, and that a stop taken away twice was counted as one gap of 15.8 s',
  },
  {
    seed: 5348,
    showed: 'a push on its way when the feed fell silent was taken for told',
  },
  {
    seed: 9596,
    showed:
      'a position opened by hand in the tenth of a second between a reading and a cancel was counted against the guard',
  },
  { seed: 1301690, showed: 'an exit that ended in the last second was expected to have been swept up' },
];
