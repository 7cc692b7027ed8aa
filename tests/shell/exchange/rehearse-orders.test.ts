import { afterEach, expect, test, vi } from 'vitest';
import { rehearseOrders } from '../../../src/shell/exchange/rehearse-orders.ts';

afterEach(() => void vi.restoreAllMocks());

test('orders are rehearsed without asking anybody', async () => {
  const asked = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('nobody is there'));
  const answers = vi.spyOn(Response, 'json');
  await rehearseOrders();
  // Each was built, signed and "sent": an order that cannot be built never gets as far as its answer.
  expect(answers.mock.calls.length).toBeGreaterThan(20);
  expect(asked).not.toHaveBeenCalled();
});
