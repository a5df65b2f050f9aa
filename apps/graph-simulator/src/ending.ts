import type { ServerResponse } from 'node:http';
import { type Answer, errorAnswer } from './answers.ts';
import type { Forecast } from './weather.ts';

/** Ends a request as forecast. `good` is the answer of fair weather. */
export function endAs({ ending, headers }: Forecast, version: string, good: Answer, response: ServerResponse): void {
  switch (ending.kind) {
    case 'accepted':
      write(response, good);
      return;
    case 'error':
      write(response, errorAnswer(ending.error, version, headers));
      return;
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'html_502':
      write(response, { httpStatus: 502, headers: { 'content-type': 'text/html' }, body: gatewayPage });
      return;
    case 'unparseable_200':
      write(response, {
        httpStatus: 200,
        headers: { 'content-type': 'text/html' },
        body: 'Service Unavailable',
      });
      return;
    case 'garbage':
      response.socket?.end('\u0016\u0003\u0001 this is not HTTP\r\n\r\n');
      return;
    case 'half_answer':
      writeHalf(response, good);
      return;
  }
}

const gatewayPage = '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n';

export function write(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  response.writeHead(httpStatus, { ...headers, 'content-length': body.length });
  response.end(body, 'latin1');
}

function writeHalf(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  response.writeHead(httpStatus, { ...headers, 'content-length': body.length });
  response.write(body.slice(0, body.length / 2), () => response.destroy());
}
