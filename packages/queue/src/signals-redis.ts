import type { Redis } from 'ioredis';
import type { Report } from './quiet-errors.ts';
import type { Wire } from './signals.ts';
import { within } from './time-box.ts';

/**
 * Signals as Redis pub/sub. `sender` must fail fast; `subscriber` is used for nothing else and must keep its commands
 * while it reconnects (ioredis subscribes again by itself). Channels are server-wide in Redis, hence the db number.
 */
export function redisWire(sender: Redis, subscriber: Redis, report: Report): Wire {
  const prefix = `pombo:${sender.options.db ?? 0}:`;
  const listeners = new Map<string, Set<(payload: string) => void>>();

  subscriber.on('message', (channel, payload) => {
    for (const hear of listeners.get(channel) ?? []) hear(payload);
  });

  return {
    maxPayloadBytes: 60_000,
    async send(messages) {
      const published = messages.map(({ channel, payload }) => sender.publish(prefix + channel, payload));
      await within(1_000, 'publish', Promise.all(published));
    },
    async listen(channel, hear) {
      const name = prefix + channel;
      const hearing = listeners.get(name) ?? new Set();
      listeners.set(name, hearing.add(hear));
      await within(2_000, 'subscribe', subscriber.subscribe(name)).catch((error: unknown) =>
        report('subscribe', error),
      );
      return async () => {
        hearing.delete(hear);
        if (hearing.size > 0 || listeners.get(name) !== hearing) return;
        listeners.delete(name);
        await within(1_000, 'unsubscribe', subscriber.unsubscribe(name)).catch((error: unknown) =>
          report('subscribe', error),
        );
      };
    },
    async close() {
      listeners.clear();
    },
  };
}
