const wantedMajor = 24;

/**
 * `null` when this is Node 24; otherwise the sentence to refuse with. `version` is `process.version`.
 * Checked at start because another major fails later, with an error about syntax that helps nobody.
 */
export function requireNode24(version: string): string | null {
  const major = /^v?(\d+)\./.exec(version)?.[1];
  if (major === String(wantedMajor)) return null;
  return `Pombo runs on Node ${wantedMajor}, and this is ${version}: run "npm ci" and start it with node_modules/.bin/node, or install Node ${wantedMajor}.`;
}
