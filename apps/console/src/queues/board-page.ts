/**
 * Of the page that bull-board makes, what a browser may have: without the font it would fetch from another host, and
 * without the styles that are said in the page itself (of the word "Loading"), which our policy forbids. Pure.
 */
export function ownBoardPage(page: string): string {
  return page
    .replaceAll(/<link [^>]*href="https?:\/\/[^>]*>/g, '')
    .replaceAll(/<style>[^<]*<\/style>/g, '')
    .replaceAll(/ style="[^"]*"/g, '');
}
