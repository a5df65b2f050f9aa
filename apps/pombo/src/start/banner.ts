export interface BannerFacts {
  api: string;
  console: string;
  /** What makes the first operator of the console; null when there is one. */
  adminToken: string | null;
  /** Null when GRAPH_BASE_URL names another Graph. */
  simulator: string | null;
  graph: string;
  metrics: { name: string; url: string }[];
  tsid: string;
  line: string;
  /** False when line 1234 was somebody else's already. */
  lineIsOurs: boolean;
  queue: string;
  data: string;
}

/** What one needs to know, and one line to paste. */
export function banner(facts: BannerFacts): string {
  const rows: [string, string][] = [
    ['API', facts.api],
    ['API docs', `${facts.api}/docs`],
    ['Console', `${facts.console}  (${consoleHint(facts.adminToken)})`],
    facts.simulator
      ? ['Graph', `${facts.simulator}  (simulator; what it was sent: /_simulator/ledger)`]
      : ['Graph', facts.graph],
    ...facts.metrics.map(({ name, url }): [string, string] => ['Metrics', `${url}/metrics  (${name})`]),
    ['Queue', facts.queue],
    ['Data', facts.data],
    ['Demo', `tsid ${facts.tsid}, line ${facts.line}`],
  ];
  const lines = rows.map(([what, where]) => `  ${what.padEnd(9)} ${where}`);
  const hint = facts.lineIsOurs
    ? ['  Try it:', '', `  ${curl(facts)}`]
    : [
        `  Line ${facts.line} belongs to another customer already, so the demo has no line: make one with npx pombo line create.`,
      ];
  return ['', '  Pombo is flying.', '', ...lines, '', ...hint, '', '  Ctrl-C stops everything.', ''].join('\n');
}

function consoleHint(adminToken: string | null): string {
  return adminToken === null
    ? 'sign in with your name; npx pombo operator list'
    : `its first page makes you an operator; ADMIN_TOKEN: ${adminToken}`;
}

function curl({ api, tsid, line }: BannerFacts): string {
  return `curl -s ${api}/api/v2/MakeMessenger.php -d tsid=${tsid} -d app_id=${line} -d dest=1234567890123456 -d mdata=Hello`;
}
