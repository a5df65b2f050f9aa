/** Told to the document whenever the page shows something newer. */
export const freshened = 'pombo:fresh';

const longestPauseMs = 60_000;

/**
 * Asks for the page again every few seconds and puts what it says now in place of what it said. Nobody who types,
 * selects or has something open is disturbed, a page nobody sees is not asked for, and one that is not answered is asked
 * for ever more seldom.
 *
 * @param {HTMLElement} main
 * @param {HTMLElement} stale shown while the page cannot be kept fresh
 */
export function keepFresh(main, stale) {
  const everyMs = Number(main.dataset.freshSeconds) * 1_000;
  let pauseMs = everyMs;
  let timer = 0;

  async function freshen() {
    const said = document.hidden || isInUse(main) ? 'not now' : await askFor(main.dataset.live ?? location.pathname);
    // The session is over: the page that asks for another one takes this one's place.
    if (said === 'stranger') return location.reload();
    stale.hidden = said !== 'no answer';
    pauseMs = said === 'no answer' ? Math.min(longestPauseMs, pauseMs * 2) : everyMs;
    if (said instanceof Document && !isInUse(main)) putInPlace(main, said);
    plan(pauseMs);
  }

  /** @param {number} afterMs */
  function plan(afterMs) {
    clearTimeout(timer);
    timer = window.setTimeout(() => void freshen(), afterMs);
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) plan(0);
  });
  plan(everyMs);
}

/**
 * @param {string} path
 * @returns {Promise<Document | 'stranger' | 'no answer'>}
 */
async function askFor(path) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(10_000) });
    if (answer.status === 401) return 'stranger';
    if (!answer.ok) return 'no answer';
    return new DOMParser().parseFromString(await answer.text(), 'text/html');
  } catch {
    return 'no answer';
  }
}

/** @param {HTMLElement} main */
function isInUse(main) {
  const focused = document.activeElement;
  const isTyping = focused instanceof Element && main.contains(focused) && focused.matches('input, select, textarea');
  const isSelecting = document.getSelection()?.isCollapsed === false;
  return isTyping || isSelecting || main.querySelector('details[open] form, dialog[open]') !== null;
}

/**
 * The keyboard stays where it was: on the same link or button, counted from the top. What is open stays open, where it
 * has an id.
 *
 * @param {HTMLElement} main
 * @param {Document} said
 */
function putInPlace(main, said) {
  const next = said.querySelector('main');
  if (next === null) return;
  const focused = document.activeElement;
  const focusedAt = focused instanceof HTMLElement ? focusables(main).indexOf(focused) : -1;
  const opened = [...main.querySelectorAll('details[id][open]')].map(({ id }) => id);
  main.replaceChildren(...next.childNodes);
  for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
  if (focusedAt >= 0) focusables(main)[focusedAt]?.focus({ preventScroll: true });
  document.dispatchEvent(new Event(freshened));
}

/**
 * @param {HTMLElement} main
 * @returns {HTMLElement[]}
 */
function focusables(main) {
  return [...main.querySelectorAll('a, button, summary')].filter((element) => element instanceof HTMLElement);
}
