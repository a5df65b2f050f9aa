/** The query of an address, a field at a time. What is there more than once counts as not there. */
export type QueryReader = (name: string) => string;

/** Empty where nothing was said. Pure. */
export function queryReader(query: unknown): QueryReader {
  const said = typeof query === 'object' && query !== null ? new Map(Object.entries(query)) : new Map();
  return (name) => {
    const value: unknown = said.get(name);
    // U+0000 is in nothing that PostgreSQL keeps.
    return typeof value === 'string' ? value.replaceAll('\0', '').trim() : '';
  };
}
