/** The processes that log and count. */
export type ProcessName = 'api' | 'worker' | 'console' | 'simulator';
