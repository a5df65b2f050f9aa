import { expect, it } from 'vitest';
import { whereRedisIs } from './redis-address.ts';

const url = 'redis://user:hush@MyMaster/3';

it('adds nothing to the URL where there are no sentinels', () => {
  expect(whereRedisIs({ url, sentinels: [] })).toEqual({});
});

it('takes the host of the URL for the name of the master', () => {
  expect(whereRedisIs({ url, sentinels: ['redis-1:26379', '[fd00::1]:26380'] })).toEqual({
    sentinels: [
      { host: 'redis-1', port: 26379 },
      { host: 'fd00::1', port: 26380 },
    ],
    name: 'MyMaster',
    role: 'master',
  });
});

it('speaks TLS to master and sentinels where the URL says so', () => {
  expect(whereRedisIs({ url: 'rediss://mymaster', sentinels: ['a:1'] })).toMatchObject({
    enableTLSForSentinelMode: true,
    sentinelTLS: {},
  });
});

it('refuses a URL that names no master', () => {
  expect(() => whereRedisIs({ url: 'redis:///0', sentinels: ['a:1'] })).toThrow('REDIS_URL names no master');
});
