import { registerHooks } from 'node:module';

/** Loaded into a process before its own code: says on standard error which modules of OpenTelemetry's SDK it loads. */
registerHooks({
  load(url, context, next) {
    // The interfaces alone are loaded by prom-client, too.
    if (url.includes('/@opentelemetry/') && !url.includes('/@opentelemetry/api/')) {
      process.stderr.write(`loaded-sdk-module ${url}\n`);
    }
    return next(url, context);
  },
});
