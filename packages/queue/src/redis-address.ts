import type { RedisOptions } from 'ioredis';
import type { RedisPlace } from './queue.ts';

type SentinelOptions = Pick<RedisOptions, 'sentinels' | 'name' | 'role' | 'enableTLSForSentinelMode' | 'sentinelTLS'>;

/**
 * What a connection is told beside the URL. With sentinels it asks one of them, before every connect, who is master; user,
 * password and database still come from the URL, and `rediss:` means TLS to the sentinels as well. Throws when the URL
 * names no master.
 *
 * ioredis's `failoverDetector` is left out on purpose. It disconnects whenever a sentinel tells of a new master, and a
 * connection that is told so while it asks who is master ends for good, going by its code. The sentinels make a master that becomes
 * a replica close its connections; one that went silent is noticed by `socketTimeout`.
 */
export function whereRedisIs({ url, sentinels }: Pick<RedisPlace, 'url' | 'sentinels'>): SentinelOptions {
  if (sentinels.length === 0) return {};
  const { hostname, protocol } = new URL(url);
  const name = decodeURIComponent(hostname);
  if (name === '')
    throw new Error('REDIS_URL names no master, as in redis://mymaster/0, though REDIS_SENTINELS is set');
  const secure = protocol === 'rediss:';
  return {
    sentinels: sentinels.map(addressOf),
    name,
    role: 'master',
    ...(secure && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  };
}

/** `host:port`, or `[IPv6 address]:port`. */
function addressOf(sentinel: string): { host: string; port: number } {
  const colon = sentinel.lastIndexOf(':');
  return { host: sentinel.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(sentinel.slice(colon + 1)) };
}
