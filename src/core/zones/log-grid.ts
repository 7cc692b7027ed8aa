/**
 * The price grid of every map: buckets of equal width in log price, numbered absolutely (bucket 0 is 1 USD), so that
 * levels keep their bucket while the mark moves. 2,304 a decade makes a bucket 0.09999 % wide and ×10 in price a whole
 * number of buckets.
 */
const BUCKETS_PER_DECADE = 2_304;

/** Where a price > 0 lies on the grid, in buckets; bucket b holds [b − ½, b + ½). */
export const gridPosition = (px: number): number => Math.log10(px) * BUCKETS_PER_DECADE;

/** The price in the middle of a bucket (fractions give edges), USD per coin. */
export const gridPx = (position: number): number => 10 ** (position / BUCKETS_PER_DECADE);
