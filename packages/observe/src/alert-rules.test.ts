import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../../ops/prometheus/', import.meta.url));
const sentence = 'no promtool on the PATH: the Prometheus rules are NOT tried out';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
// Where CI is set nothing may be skipped.
if (!hasPromtool && process.env.CI) throw new Error(sentence);
if (!hasPromtool) process.stderr.write(`\n${'!'.repeat(100)}\n${sentence}\n${'!'.repeat(100)}\n`);

describe.skipIf(!hasPromtool)(hasPromtool ? 'promtool' : sentence, () => {
  it.each([
    ['takes the rules', ['check', 'rules', 'alerts.yml'], '20 rules found'],
    ['takes the configuration', ['check', 'config', 'prometheus.yml'], 'is valid prometheus config'],
    ['makes each alarm ring and fall silent again', ['test', 'rules', 'alerts.test.yml'], 'SUCCESS'],
  ])('%s', async (_name, command, says) => {
    const { stdout } = await run('promtool', command, { cwd: folder });
    expect(stdout).toContain(says);
  });
});
