// node key.mjs KID: prints a set with one new private RSA key (RFC 7517).

import { generateKeyPairSync } from 'node:crypto';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: process.argv[2], use: 'sig', alg: 'RS256' };
console.log(JSON.stringify({ keys: [key] }));
