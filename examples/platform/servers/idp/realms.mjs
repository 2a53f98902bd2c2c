// Two realms: people, who sign in with a password, and workloads, which are clients with a secret.
// Both give RFC 9068 access tokens for the audience `ml-models`.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parameters, passwordGrant } from './password.mjs';

const directory = JSON.parse(readFileSync(new URL('directory.json', import.meta.url)));
const lifetime = 3600; // seconds
const issuer = (realm) => `https://id.example.com/realms/${realm}`;

// [name, request handler] of each realm; secret: of every client and person
export function realms(Provider, run, secret) {
  return [
    ['people', people(Provider, keys(run, 'people', 'RS256'), secret).callback()],
    ['workloads', workloads(Provider, keys(run, 'workloads', 'ES256'), secret).callback()],
  ];
}

function people(Provider, jwks, secret) {
  const knows = (email) => Object.hasOwn(directory.people, email);
  const models = resource('RS256');
  const provider = new Provider(issuer('people'), {
    ...configuration(models, jwks),
    clients: [client('portal', 'password', secret)],
    clientDefaults: { id_token_signed_response_alg: 'RS256' },
    findAccount: (_, email) => knows(email) && { accountId: email, claims: () => ({ sub: email }) },
    extraTokenClaims: (_, { accountId: email }) => ({ email, email_verified: true, groups: directory.people[email] }),
  });
  provider.registerGrantType('password', passwordGrant(models, knows, secret), parameters);
  return provider;
}

function workloads(Provider, jwks, secret) {
  return new Provider(issuer('workloads'), {
    ...configuration(resource('ES256'), jwks),
    clients: directory.workloads.map((name) => client(name, 'client_credentials', secret)),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
  });
}

// what tokens are for (RFC 8707), and what they look like
function resource(alg) {
  return {
    identifier: 'https://models.example.com',
    audience: 'ml-models',
    scope: '',
    accessTokenFormat: 'jwt',
    accessTokenTTL: lifetime,
    jwt: { sign: { alg } },
  };
}

function configuration(models, jwks) {
  return {
    jwks,
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime, Grant: lifetime },
    cookies: { keys: [randomUUID()] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => models.identifier,
        getResourceServerInfo: () => models,
      },
    },
  };
}

function client(name, grant, secret) {
  return {
    client_id: name,
    client_secret: secret,
    grant_types: [grant],
    redirect_uris: [],
    response_types: [],
  };
}

// private keys of a realm, made at the first start
function keys(run, realm, alg) {
  const file = join(run, `${realm}.jwks.json`);
  if (!existsSync(file)) {
    const { privateKey } =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = { ...privateKey.export({ format: 'jwk' }), kid: `${realm}-1`, use: 'sig', alg };
    writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file));
}
