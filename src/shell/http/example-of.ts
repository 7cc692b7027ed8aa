// Examples out of JSON schemas, for answers that nobody wrote one for.

type Schema = Readonly<Record<string, unknown>>;

const AT_MS = 1_760_130_000_412;

/** By the end of a field's name, which carries its unit; the first that fits. */
const NUMBERS: readonly (readonly [RegExp, number])[] = [
  [/Ms$|^t$|^times$|^barTime$|^sentAt$|^startTime$/, AT_MS],
  [/(?:Px|close|high|low|extreme|prices|closes)$/i, 104_571],
  [/Usd$/, 45.1],
  [/Bps$/, 12.5],
  [/(?:Fraction|share|strength|confidence)$/i, 0.5],
  [/^(?:version|n|seq)$/, 1],
];
const TEXTS: Readonly<Record<string, string>> = {
  coin: 'BTC',
  strategy: 'max-pain',
  ticker: 'BTCUSDT.P',
  exchange: 'BINANCE',
  interval: '5',
  script: 'cascade-exhaustion@1.1.0',
  venue: 'hyperliquid',
};

const isSchema = (x: unknown): x is Schema => x !== null && typeof x === 'object' && !Array.isArray(x);
const schemasIn = (x: unknown): Schema[] => (Array.isArray(x) ? x.filter(isSchema) : []);

/** A value that fits `schema`. @param name of the field it stands in */
export function exampleOf(schema: Schema, name = ''): unknown {
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const [first] = schemasIn(schema['anyOf'] ?? schema['oneOf']).filter((s) => s['type'] !== 'null');
  if (first !== undefined) return exampleOf(first, name);
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  switch (types[0]) {
    case 'object':
      return exampleObject(schema, name);
    case 'array': {
      const tuple = schemasIn(schema['prefixItems']);
      if (tuple.length > 0) return tuple.map((s) => exampleOf(s, name));
      return isSchema(schema['items']) ? [exampleOf(schema['items'], name)] : [];
    }
    case 'integer':
    case 'number':
      return exampleNumber(schema, name);
    case 'boolean':
      return true;
    case 'string':
      return TEXTS[name] ?? `${name === '' ? 'text' : name} …`;
    default:
      return null;
  }
}

function exampleObject(schema: Schema, name: string): Record<string, unknown> {
  const { properties, additionalProperties, propertyNames } = schema;
  const fields = isSchema(properties) ? Object.entries(properties) : [];
  const named = fields.map(([key, s]) => [key, isSchema(s) ? exampleOf(s, key) : null] as const);
  if (named.length > 0 || !isSchema(additionalProperties)) return Object.fromEntries(named);
  const key = isSchema(propertyNames) ? String(exampleOf(propertyNames, name)) : 'name';
  return { [key]: exampleOf(additionalProperties, name) };
}

function exampleNumber(schema: Schema, name: string): number {
  const fits = NUMBERS.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
  const [min, max] = [schema['minimum'], schema['maximum']];
  if (typeof max === 'number' && fits > max) return max;
  return typeof min === 'number' && fits < min ? min : fits;
}
