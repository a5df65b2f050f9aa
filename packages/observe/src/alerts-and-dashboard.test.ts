import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MetricFamily, metricFamilies } from './metric-families.ts';
import { createMetrics } from './metrics.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Alert {
  name: string;
  expression: string;
  severity: string;
  runbook: string;
}

const alerts: Alert[] = read('ops/prometheus/alerts.yml')
  .split('- alert: ')
  .slice(1)
  .map((text) => ({
    name: text.split('\n', 1)[0] ?? '',
    expression: between(text, 'expr:', 'for:').replace(/^ \|\n/, ''),
    severity: between(text, 'severity:', '}').trim(),
    runbook: between(text, 'runbook:', '\n').trim(),
  }));

interface Panel {
  title: string;
  targets?: { expr: string; datasource: { uid: string } }[];
}

const dashboard = JSON.parse(read('ops/grafana/pombo.json')) as {
  panels: Panel[];
  templating: { list: { name: string; type: string }[] };
};
const panels = dashboard.panels.filter(({ targets }) => targets !== undefined);
const runbook = read('docs/operations.md');

/** What is asked for, by the name it goes by in a chart or an alarm. */
const expressions: { where: string; expression: string }[] = [
  ...alerts.map(({ name, expression }) => ({ where: name, expression })),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expression: expr }))),
];

/** Every series there is, with its labels; those that Prometheus adds are on all of them. */
const seriesLabels = new Map<string, ReadonlySet<string>>([
  ['up', labelled([])],
  ...(await nodeSeries()),
  ...Object.values<MetricFamily>(metricFamilies).flatMap(seriesOf),
]);

function labelled(own: readonly string[]): ReadonlySet<string> {
  return new Set(['job', 'instance', 'process', ...own]);
}

function seriesOf({ name, kind, labels }: MetricFamily): [string, ReadonlySet<string>][] {
  if (kind !== 'histogram') return [[name, labelled(labels)]];
  return [
    [`${name}_bucket`, labelled([...labels, 'le'])],
    [`${name}_count`, labelled(labels)],
    [`${name}_sum`, labelled(labels)],
  ];
}

async function nodeSeries(): Promise<[string, ReadonlySet<string>][]> {
  const text = await createMetrics({ process: 'console' }).registry.metrics();
  const names = [...text.matchAll(/^((?:nodejs|process)_[a-z0-9_]+)(?:\{| )/gm)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => [name, labelled([])]);
}

function between(text: string, from: string, to: string): string {
  const begin = text.indexOf(from) + from.length;
  return text.slice(begin, text.indexOf(to, begin));
}

function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\b(?:pombo|nodejs|process)_[a-z0-9_]+|\bup\b/g)].map(([name]) => name);
}

/** `name{a="b"}` as name and labels; what stands in quotes says nothing about labels. */
function selectorsIn(expression: string): [name: string, labels: string[]][] {
  return [...expression.matchAll(/\b([a-z_0-9]+)\{([^}]*)\}/g)].map(([, name = '', inside = '']) => [
    name,
    [...inside.matchAll(/([a-z_]+)\s*(?:=|!=|=~|!~)\s*"/g)].map(([, label = '']) => label),
  ]);
}

function groupedBy(expression: string): string[] {
  return [...expression.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inside = '']) =>
    inside.split(',').flatMap((label) => label.trim() || []),
  );
}

describe.each(expressions)('$where', ({ expression }) => {
  it('asks for series that exist, by labels they have', () => {
    const names = namesIn(expression);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !seriesLabels.has(name))).toEqual([]);
    for (const [name, labels] of selectorsIn(expression)) {
      expect(labels.filter((label) => !seriesLabels.get(name)?.has(label))).toEqual([]);
    }
    for (const label of groupedBy(expression)) {
      expect(names.some((name) => seriesLabels.get(name)?.has(label))).toBe(true);
    }
  });
});

it('the dashboard asks one data source, which may be chosen', () => {
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([['datasource', 'datasource']]);
  const sources = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
  expect(new Set(sources)).toEqual(new Set([`\${datasource}`]));
});

const rulesTest = read('ops/prometheus/alerts.test.yml');

describe.each(alerts)('$name', ({ name, severity, runbook: place }) => {
  it('says how much it matters and where to read on', () => {
    expect(['critical', 'warning']).toContain(severity);
    const [file, anchor] = place.split('#');
    expect(file).toBe('docs/operations.md');
    expect(sectionOf(anchor ?? '')).toContain(`\`${name}\``);
  });

  it('is made to ring, and to be silent again, by the rules test', () => {
    const questions = rulesTest.split(`ALERTS{alertname="${name}",alertstate="firing"}`).slice(1);
    expect(questions.map((text) => between(text, 'exp_samples: [', ']') !== '')).toEqual([true, false]);
  });
});

it('the runbook names every metric of ours, and no other', () => {
  const written = new Set([...runbook.matchAll(/`(pombo_[a-z_]+)[`{]/g)].map(([, name = '']) => name));
  expect([...written].sort()).toEqual(
    Object.values<MetricFamily>(metricFamilies)
      .map(({ name }) => name)
      .sort(),
  );
});

/** What stands below the heading with this anchor, as far as the next one. */
function sectionOf(anchor: string): string {
  const sections = runbook.split(/^#+ /m).slice(1);
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-');
  return sections.find((text) => slug(text.split('\n', 1)[0] ?? '') === anchor) ?? '';
}
