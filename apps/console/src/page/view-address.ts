/** The address of a view: what is null or empty is left out, so that one view has one address. Pure. */
export function viewAddress(path: string, parameters: Readonly<Record<string, string | null>>): string {
  const said = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`;
}
