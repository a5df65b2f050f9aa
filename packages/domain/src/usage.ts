/** Whose limit is meant: this line's page, or the app, which all lines of the same app id share. */
export type QuotaScope = 'page' | 'app';

/** How full one quota is. */
export interface QuotaUse {
  /** The highest of the percentages given, 0 when none was. May exceed 100. */
  peakPercent: number;
  /** Meta's own estimate until calls work again, in milliseconds; `null` when it gave none. */
  regainMs: number | null;
}

/** What an answer said about its quotas. An answer that said nothing carries `noUsage`. */
export type Usage = Readonly<Record<QuotaScope, QuotaUse>>;

const nothingSaid: QuotaUse = { peakPercent: 0, regainMs: null };

export const noUsage: Usage = { page: nothingSaid, app: nothingSaid };
