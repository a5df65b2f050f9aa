import { expect, test } from 'vitest';
import { quietErrors } from './quiet-errors.ts';

function recording() {
  const lines: Record<string, unknown>[] = [];
  return { lines, logger: { info: () => {}, warn: (details: Record<string, unknown>) => lines.push(details) } };
}

test('a flood of one kind is one line, and the next line says how many were left out', () => {
  const { lines, logger } = recording();
  let time = 1_000_000;
  const report = quietErrors(logger, () => time);

  for (let n = 0; n < 500; n += 1) report('fetch', new Error(`could not renew lock for job m-${n}-1`));
  expect(lines).toEqual([{ part: 'fetch', reason: 'could not renew lock for job m-*', leftOut: 0 }]);

  time += 10_000;
  report('fetch', new Error('could not renew lock for job m-7-1'));
  expect(lines[1]).toMatchObject({ leftOut: 499 });
});

test('two parts, or two reasons, are heard separately', () => {
  const { lines, logger } = recording();
  const report = quietErrors(logger, () => 0);
  report('fetch', new Error('one'));
  report('listen', new Error('one'));
  report('fetch', new Error('two'));
  expect(lines).toHaveLength(3);
});
