/** Parameters by name, all as text. A Map, so that a field called `__proto__` is a field like any other. */
export type Fields = ReadonlyMap<string, string>;

/** What could be made of a part of the request. `broken` says why, for the log; it never repeats what was sent. */
export type FieldsReading = { kind: 'fields'; fields: Fields } | { kind: 'broken'; because: string };

export const noFields: FieldsReading = { kind: 'fields', fields: new Map() };

/** As many as PHP, the family's first home, lets a form have. */
export const maxFields = 1000;

export const broken = (because: string): FieldsReading => ({ kind: 'broken', because });
