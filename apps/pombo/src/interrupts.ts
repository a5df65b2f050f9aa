/** npx hands on a Ctrl-C that the terminal has sent already, so one Ctrl-C may arrive twice. */
const sameInterruptMs = 1_000;
/** What a shell sees of a process that a Ctrl-C has ended. */
const interruptedCode = 130;

/** The first Ctrl-C asks for an orderly end; a later one, when that takes too long, ends the process at once. */
export function onInterrupt(heard: () => void): void {
  let firstAt = Number.POSITIVE_INFINITY;
  process.on('SIGINT', () => {
    const now = performance.now();
    if (now - firstAt > sameInterruptMs) process.exit(interruptedCode);
    if (firstAt !== Number.POSITIVE_INFINITY) return;
    firstAt = now;
    heard();
  });
}
