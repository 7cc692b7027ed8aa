// What the control plane and scenario files accept.
import * as v from 'valibot';

export const Address = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/));
const Positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
export const PriceBody = v.object({
  coin: v.string(),
  markPx: Positive,
  oraclePx: v.exactOptional(Positive),
  bidPx: v.exactOptional(Positive),
  askPx: v.exactOptional(Positive),
  externalPx: v.exactOptional(Positive),
});
export const AccountBody = v.object({
  address: Address,
  usd: v.pipe(v.number(), v.finite(), v.minValue(0)),
  master: v.exactOptional(Address),
  mode: v.exactOptional(v.picklist(['default', 'disabled', 'unifiedAccount', 'portfolioMargin'])),
  agents: v.exactOptional(
    v.array(
      v.object({
        address: Address,
        name: v.exactOptional(v.string()),
        validUntilMs: v.exactOptional(v.number()),
      }),
    ),
  ),
});
export const ContextBody = v.object({
  coin: v.string(),
  openInterest: v.exactOptional(v.number()),
  openInterestCapUsd: v.exactOptional(v.nullable(v.number())),
  fundingHourly: v.exactOptional(v.number()),
  depthUsdPerBps: v.exactOptional(Positive),
  spreadBps: v.exactOptional(Positive),
  vacuum: v.exactOptional(Positive),
  isDelisted: v.exactOptional(v.boolean()),
});
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const faultBase = {
  id: v.exactOptional(v.string()),
  where: v.exactOptional(
    v.object({
      path: v.exactOptional(v.picklist(['info', 'exchange', 'ws'])),
      type: v.exactOptional(v.string()),
      user: v.exactOptional(Address),
      coin: v.exactOptional(v.string()),
      legRole: v.exactOptional(v.picklist(['entry', 'stop', 'take-profit', 'close'])),
    }),
  ),
  count: v.exactOptional(v.nullable(Count)),
  probability: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
};
const When = v.exactOptional(v.picklist(['before', 'after']));
const How = v.exactOptional(v.picklist(['cancel', 'vanish', 'half-size', 'far-trigger', 'unarm']));

/** A fault as JSON: the control plane and scenario files use the same form. */
export const FaultBody = v.variant('kind', [
  v.object({
    kind: v.picklist(['drop-request', 'drop-reply']),
    mode: v.exactOptional(v.picklist(['hang', 'reset', 'cut'])),
    ...faultBase,
  }),
  v.object({
    kind: v.literal('http'),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    when: When,
    body: v.exactOptional(v.string()),
    retryAfterS: v.exactOptional(Count),
    ...faultBase,
  }),
  v.object({ kind: v.literal('delay'), ms: Count, when: When, ...faultBase }),
  v.object({ kind: v.literal('refuse-leg'), message: v.string(), ...faultBase }),
  v.object({
    kind: v.literal('partial-fill'),
    fraction: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    ...faultBase,
  }),
  v.object({ kind: v.literal('stale-reads'), forMs: Count, ...faultBase }),
  v.object({ kind: v.literal('lose-stop'), how: How, ...faultBase }),
  v.object({ kind: v.picklist(['ws-duplicate', 'ws-reorder', 'ws-silent', 'ws-close']), ...faultBase }),
]);

export const MoveBody = v.object({
  coin: v.string(),
  by: v.pipe(v.number(), v.gtValue(-1), v.maxValue(10)),
});

/** The rules that may change while the venue runs; the others are set when it is created. */
export const RulesBody = v.strictObject({
  orphanTrigger: v.exactOptional(v.picklist(['accept', 'refuse'])),
  triggersOnClose: v.exactOptional(v.picklist(['keep', 'cancel'])),
  alreadyTrue: v.exactOptional(v.picklist(['reject', 'fire'])),
  partialParent: v.exactOptional(v.picklist(['cancel', 'arm'])),
  partialSibling: v.exactOptional(v.picklist(['leave', 'shrink'])),
  makerFill: v.exactOptional(v.picklist(['through', 'touch'])),
  openOrdersMax: v.exactOptional(Count),
  blockMs: v.exactOptional(Count),
  clockSkewMs: v.exactOptional(v.pipe(v.number(), v.integer())),
  ipWeights: v.exactOptional(v.boolean()),
  addressQuota: v.exactOptional(v.boolean()),
  liquidations: v.exactOptional(v.boolean()),
  autoDeleveraging: v.exactOptional(v.boolean()),
  markModel: v.exactOptional(v.picklist(['given', 'modelled'])),
  funding: v.exactOptional(v.boolean()),
  postOnly: v.exactOptional(v.boolean()),
  halted: v.exactOptional(v.boolean()),
});
