import { expect, test } from 'vitest';
import { type BannerFacts, banner } from './banner.ts';

const facts: BannerFacts = {
  api: 'http://127.0.0.1:8080',
  console: 'http://127.0.0.1:8081',
  adminToken: 'the-token',
  simulator: 'http://127.0.0.1:8090',
  graph: 'http://127.0.0.1:8090',
  metrics: [],
  tsid: 'tsid',
  line: '1234',
  lineIsOurs: true,
  queue: 'PostgreSQL',
  data: '.pombo',
};

test('says how one becomes the first operator, and no secret once there is one', () => {
  expect(banner(facts)).toContain(
    'http://127.0.0.1:8081  (its first page makes you an operator; ADMIN_TOKEN: the-token)',
  );
  const later = banner({ ...facts, adminToken: null });
  expect(later).toContain('http://127.0.0.1:8081  (sign in with your name');
  expect(later).not.toContain('ADMIN_TOKEN');
});
