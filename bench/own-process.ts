import { fork } from 'node:child_process';
import { on, once } from 'node:events';

/** A program of a bench in a process of its own, so that it is measured, and measures, beside nobody. */
export interface OwnProcess {
  readonly pid: number;
  /** The next thing it says. Rejects when it ends before it says anything. */
  said<What>(): Promise<What>;
  tell(what: unknown): void;
  /** Asks it to end, and waits until it is gone. */
  end(): Promise<void>;
}

const endsWithinMs = 15_000;

/** Starts `bench/<path>` with an order it reads by `readOrder`. What it writes to standard error is seen. */
export function startOwnProcess(path: string, order: unknown): OwnProcess {
  const child = fork(new URL(path, import.meta.url), [JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const sayings = on(child, 'message', { close: ['exit'] });
  return {
    pid: child.pid ?? 0,
    async said<What>() {
      const next = await sayings.next();
      if (next.done) throw new Error(`${path} ended with code ${child.exitCode} and said nothing`);
      return next.value[0] as What;
    },
    tell: (what) => void child.send(what as object),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
      await gone;
      clearTimeout(impatience);
    },
  };
}

/** In that process: what it was started with. From then on it ends with whoever started it. */
export function readOrder<Order>(): Order {
  process.once('disconnect', () => process.exit(0));
  return JSON.parse(process.argv[2] ?? '') as Order;
}

/** In that process. */
export function say(what: object): void {
  process.send?.(what);
}
