// The password grant (RFC 6749 section 4.3). oidc-provider has none, for good reasons; here it stands for the sign-in page,
// so that a script can get the token of a person. The token is the one that the authorization code flow would give.

import { timingSafeEqual } from 'node:crypto';

export const parameters = ['username', 'password'];

// resource: what tokens are for, as oidc-provider's `getResourceServerInfo` describes it
// knows: whether there is a person of this name; secret: everybody's password
export function passwordGrant(resource, knows, secret) {
  return async (context) => {
    const { client, params, provider } = context.oidc;
    const { username: accountId = '', password = '' } = params;
    if (!knows(accountId) || !same(password, secret)) {
      context.status = 400;
      context.body = { error: 'invalid_grant' };
      return;
    }
    const grant = new provider.Grant({ clientId: client.clientId, accountId });
    const token = new provider.AccessToken({ client, accountId, grantId: await grant.save(), gty: 'password' });
    token.resourceServer = new provider.ResourceServer(resource.identifier, resource);
    context.body = {
      access_token: await token.save(),
      token_type: token.tokenType,
      expires_in: token.expiration,
    };
  };
}

function same(given, expected) {
  const [one, other] = [given, expected].map((text) => Buffer.from(text));
  return one.length === other.length && timingSafeEqual(one, other);
}
