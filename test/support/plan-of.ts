import type { Asker } from '@pombo/db/asker.ts';
import type { Database } from '@pombo/db/database.ts';

/** How PostgreSQL really answered a question. */
export interface Answered {
  /** The indexes it went by; that of a partition has the name of the whole's. */
  indexes: string[];
  /** Tables of which rows were read without one; a partition has the name of the whole. */
  readThrough: string[];
  /** Rows that its scans have looked at, those that did not fit as well. */
  rowsLookedAt: number;
}

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

/** An asker that also has every question explained, as it was carried out. */
export function explaining(database: Database): Asker & { readonly answered: Answered[] } {
  const answered: Answered[] = [];
  return {
    answered,
    async query(text, values = []) {
      const [row] = await database.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        values,
      );
      const nodes = row ? row['QUERY PLAN'].flatMap(({ Plan }) => all(Plan)) : [];
      const indexes = nodes.flatMap((node) => node['Index Name'] ?? []);
      answered.push({
        indexes: await indexesOfWholes(database, indexes),
        readThrough: nodes
          .filter((node) => node['Node Type'] === 'Seq Scan' && lookedAt(node) > 0)
          .flatMap((node) => node['Relation Name']?.replace(/_from_\d+$/, '') ?? []),
        rowsLookedAt: nodes.filter(isScan).reduce((sum, node) => sum + lookedAt(node), 0),
      });
      return database.query(text, values);
    },
  };
}

async function indexesOfWholes(database: Database, indexes: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT coalesce(whole.relname, part.relname) AS name FROM unnest($1::text[]) AS n(name)
       JOIN pg_class part ON part.relname = n.name AND part.relnamespace = 'public'::regnamespace
       LEFT JOIN pg_inherits i ON i.inhrelid = part.oid LEFT JOIN pg_class whole ON whole.oid = i.inhparent`,
    [indexes],
  );
  return rows.map(({ name }) => name);
}

function all(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(all)];
}

function isScan(node: Node): boolean {
  return node['Relation Name'] !== undefined;
}

function lookedAt(node: Node): number {
  const perLoop =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return perLoop * node['Actual Loops'];
}
