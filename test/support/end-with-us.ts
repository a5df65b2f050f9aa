import type { ChildProcess } from 'node:child_process';

/** A test run that is cut short leaves no program behind. */
export function endWithUs(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL');
  // One for each that runs.
  process.setMaxListeners(100);
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}
