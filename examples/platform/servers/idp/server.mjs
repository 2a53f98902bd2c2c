// The example organisation's identity provider: two realms of oidc-provider behind https.
//
//   node server.mjs --modules FOLDER --run FOLDER --port PORT
//
// modules: where node_modules with oidc-provider is. run: certificates (certificates.sh), the secret of every client and
// person (`secret`), and the private signing keys (`REALM.jwks.json`), made here when they are missing.
// It listens on loopback and answers as https://id.example.com; `ready` in the output says that it does.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { realms } from './realms.mjs';

const { values: options } = parseArgs({
  options: { modules: { type: 'string' }, run: { type: 'string' }, port: { type: 'string' } },
});
const modules = createRequire(pathToFileURL(join(options.modules, 'package.json')));
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')));

const inRun = (name) => readFileSync(join(options.run, name));
const handlers = new Map(realms(Provider, options.run, inRun('secret').toString().trim()));

const server = createServer({ key: inRun('server.key'), cert: inRun('server.pem') }, (request, response) => {
  const path = /^\/realms\/([a-z]+)(?=\/)/.exec(request.url);
  const handle = path && handlers.get(path[1]);
  if (!handle) {
    response.writeHead(404).end();
    return;
  }
  // what oidc-provider needs to know that it is mounted below a path
  request.originalUrl = request.url;
  request.url = request.url.slice(path[0].length);
  handle(request, response);
});
server.listen(Number(options.port), '127.0.0.1', () => console.log('ready'));
