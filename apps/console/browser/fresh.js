/** Told to the document whenever the page shows something newer. */
export const freshened = 'pombo:fresh';

const longestPauseMs = 60_000;

/** Whoever types for so long is told that the page stands still meanwhile. */
const stillAfterMs = 60_000;

const sentences = {
  'no answer': 'This page cannot be kept fresh just now. It tries again by itself.',
  'in use': 'This page stands still as long as something in it is being typed, selected or open.',
};

/**
 * Asks for the page again every few seconds and puts what it says now in place of what it said. Nobody who types,
 * selects or has something open is disturbed, a page nobody sees is not asked for, and one that is not answered is asked
 * for ever more seldom. It is over when the page says that nothing in it changes any more, or when another page takes its
 * place.
 *
 * @param {HTMLElement} main its `data-live` is the address it is asked for under
 * @param {HTMLElement} stale says why the page is not fresh
 */
export function keepFresh(main, stale) {
  const everyMs = Number(main.dataset.freshSeconds) * 1_000;
  let pauseMs = everyMs;
  let freshAt = Date.now();
  let timer = 0;

  async function freshen() {
    const said = await sayWhatIsNew();
    if (said === 'another page') return location.reload();
    if (said instanceof Document) {
      putInPlace(main, said);
      freshAt = Date.now();
    }
    tell(said);
    pauseMs = said === 'no answer' ? Math.min(longestPauseMs, pauseMs * 2) : everyMs;
    plan(pauseMs);
  }

  async function sayWhatIsNew() {
    if (document.hidden) return 'unseen';
    if (isInUse(main)) return 'in use';
    const said = await askFor(main.dataset.live ?? location.pathname);
    return said instanceof Document && isInUse(main) ? 'in use' : said;
  }

  /** @param {Document | 'unseen' | 'in use' | 'no answer'} said */
  function tell(said) {
    const isWorthIt = said === 'no answer' || (said === 'in use' && Date.now() - freshAt > stillAfterMs);
    const sentence = isWorthIt ? sentences[said] : '';
    stale.hidden = sentence === '';
    if (stale.textContent !== sentence) stale.textContent = sentence;
  }

  /** @param {number} afterMs */
  function plan(afterMs) {
    clearTimeout(timer);
    if (main.dataset.live !== undefined) timer = window.setTimeout(() => void freshen(), afterMs);
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) plan(0);
  });
  plan(everyMs);
}

/**
 * @param {string} path
 * @returns {Promise<Document | 'another page' | 'no answer'>}
 */
async function askFor(path) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(10_000) });
    // Read in any case: the browser holds on to an answer that nobody has read.
    const text = await answer.text();
    // The session is over: the page that asks for another one takes this one's place.
    if (answer.status === 401) return 'another page';
    if (!answer.ok) return 'no answer';
    const said = new DOMParser().parseFromString(text, 'text/html');
    // Whatever stands before the console may say that all is well, and be another's page.
    if (scriptOf(said) === null) return 'no answer';
    return isOfThisPage(said) ? said : 'another page';
  } catch {
    return 'no answer';
  }
}

/**
 * Whether it can be put in place. A newer console has newer scripts and styles, and a page that said only that the
 * database does not answer has no menu.
 *
 * @param {Document} said
 */
function isOfThisPage(said) {
  return scriptOf(said) === scriptOf(document) && hasMenu(said) === hasMenu(document);
}

/** @param {Document} page */
function scriptOf(page) {
  return page.querySelector('script[type="module"]')?.getAttribute('src') ?? null;
}

/** @param {Document} page */
function hasMenu(page) {
  return page.querySelector('header nav') !== null;
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
  if (next.dataset.live === undefined) delete main.dataset.live;
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
