import type { Terminal } from '../terminal.ts';
import type { Progress } from './progress.ts';
import { progressLine, progressSentence } from './progress-line.ts';
import { RedrawnLine } from './redrawn-line.ts';

/** Where somebody watches a campaign. */
export interface ProgressDisplay {
  show: (progress: Progress) => void;
  /** Something else that the watcher should know. */
  note: (sentence: string) => void;
  close: () => void;
}

/** Between two lines of the same state. */
const quietMs = 5_000;

/** A bar in a terminal; lines, and not many, in a file or a pipe. */
export function progressDisplay(terminal: Terminal): ProgressDisplay {
  return terminal.stdout.isTTY ? drawnDisplay(terminal) : plainDisplay(terminal);
}

function drawnDisplay(terminal: Terminal): ProgressDisplay {
  const line = new RedrawnLine(terminal);
  return {
    show: (progress) => line.draw((columns) => progressLine(progress, new Date(), columns)),
    note: (sentence) => {
      line.clear();
      terminal.err(sentence);
    },
    close: () => line.keep(),
  };
}

/** The last thing heard is always said, if need be when the quiet time is over. */
function plainDisplay({ out, err }: Terminal): ProgressDisplay {
  let said: { state: string; at: number } | null = null;
  let waiting: Progress | null = null;
  let timer: NodeJS.Timeout | undefined;
  const say = (progress: Progress) => {
    clearTimeout(timer);
    said = { state: progress.state, at: performance.now() };
    waiting = null;
    out(progressSentence(progress, new Date()));
  };
  return {
    show: (progress) => {
      const quietForMs = said === null ? 0 : said.at + quietMs - performance.now();
      if (said?.state !== progress.state || quietForMs <= 0) return say(progress);
      if (waiting === null) timer = setTimeout(() => waiting && say(waiting), quietForMs);
      waiting = progress;
    },
    note: err,
    close: () => {
      if (waiting) say(waiting);
    },
  };
}
