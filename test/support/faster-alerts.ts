/**
 * What a `…_seconds` metric is compared with. An age grows as long as a fault lasts, so with faster time it is worth
 * telling sooner. A length is as long as it is: an event loop that is half a second late is, however fast time runs.
 */
const secondsAre: Readonly<Record<string, 'age' | 'length'>> = {
  // There is no such series before a real minute (`stalled-lines.ts`), so it is this minute that counts in the end.
  pombo_line_stalled_seconds: 'age',
  pombo_campaign_hungry_seconds: 'age',
  pombo_unknown_oldest_age_seconds: 'age',
  pombo_backlog_oldest_age_seconds: 'age',
  nodejs_eventloop_lag_p99_seconds: 'length',
};

const msPer = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The alarms of `alerts.yml` for a house in which time runs so many times faster: how long a condition must hold, the
 * ranges that are looked at, and thresholds that are ages. Numbers of messages, shares and rates per second stay.
 *
 * Throws when a rule says a time in a way that is not known here: it would ring minutes late.
 */
export function fasterAlerts(alerts: string, times: number): string {
  const unknown = /^ *(?:interval|keep_firing_for|query_offset):/m.exec(alerts);
  if (unknown) throw new Error(`a time nobody knows: ${unknown[0].trim()}`);
  const [head = '', ...rules] = alerts.split(/(?=- alert: )/);
  return head + rules.map((rule) => fasterRule(rule, times)).join('');
}

/** What is said about an alarm for people stands behind its condition, and stays. */
function fasterRule(rule: string, times: number): string {
  const end = rule.indexOf('labels:');
  const name = rule.split('\n', 1)[0];
  const condition = rule.slice(rule.indexOf('\n'), end);
  return name + fasterAges(fasterDurations(condition, times), times) + rule.slice(end);
}

function fasterDurations(condition: string, times: number): string {
  const known = /(\bfor: |\boffset |\[)(\d+)(ms|[smhd])(?=[\])\s])/g;
  const other = /\d(?:ms|[smhdwy])(?![a-z_])/.exec(condition.replaceAll(known, ''));
  if (other) throw new Error(`a duration nobody knows: ${condition.trim()}`);
  return condition.replaceAll(known, (_all, before: string, count: string, unit: keyof typeof msPer) => {
    return `${before}${(Number(count) * msPer[unit]) / times}ms`;
  });
}

/** `max(a_seconds{…}) > 120`; over a range it is no age any more, but a rate. */
function fasterAges(condition: string, times: number): string {
  const seconds = /\b([a-z_0-9]+_seconds)\b((?:\{[^}]*\})?)(\[?)(?:(\)*\s*[<>=!]+\s*)([\d.]+))?/g;
  return condition.replaceAll(seconds, (all, metric, labels, range, comparison, threshold) => {
    if (range !== '') return all;
    const kind = Object.hasOwn(secondsAre, metric) ? secondsAre[metric] : undefined;
    if (kind === undefined || threshold === undefined)
      throw new Error(`a threshold in seconds nobody knows: ${condition.trim()}`);
    return kind === 'length' ? all : `${metric}${labels}${comparison}${Number(threshold) / times}`;
  });
}
