import { expect, it } from 'vitest';
import { openRequestIds } from './request-ids.ts';

it('keeps what a caller calls its request', () => {
  const idOf = openRequestIds('p');
  for (const id of ['a', '0af7651916cd43dd-1', 'svc:order_7.1', 'x'.repeat(128)]) expect(idOf(id)).toBe(id);
});

it.each([[undefined], [''], ['x'.repeat(129)], ['a b'], ['a, b'], ['a"b'], ['é'], [['a', 'b']], ['a\n']])(
  'gives a new name instead of %j',
  (header) => {
    const idOf = openRequestIds('p');
    expect([idOf(header), idOf(header)]).toEqual(['p.1', 'p.2']);
  },
);
