/** The consent: a page where a person signs in and decides, and where the browser goes afterwards. */
import type { Reply } from '../../shared/reply.ts';
import type { Person } from '../accounts.ts';
import { consentPage, messagePage } from '../consent-page.ts';
import { outOfBand } from '../grants.ts';
import type { OauthCall } from '../world.ts';

const longestState = 512;

/** What the customer's application asks for. */
interface Asked {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string | undefined;
}

/** Shows the page, or answers as the setting says. */
export function authorize(call: OauthCall): Reply {
  const asked = read(call);
  if (typeof asked === 'string') return refused(call, asked);
  const { people, settings } = call.world;
  if (settings.consent === 'ask') return page(consentPage(call.given, people));
  return answered(call, asked, settings.consent === 'allow' ? people[0] : undefined);
}

/** The form of the page. */
export function decide(call: OauthCall): Reply {
  const asked = read(call);
  if (typeof asked === 'string') return refused(call, asked);
  const { business_id: businessId, decision } = call.given;
  const person = call.world.people.find((person) => person.businessId === businessId);
  if (decision === 'deny') return answered(call, asked, undefined);
  return person && decision === 'allow' ? answered(call, asked, person) : refused(call, 'choose who signs in');
}

/** @returns a text when the address is wrong */
function read({ world, record, given }: OauthCall): Asked | string {
  const { client_id: clientId = '', redirect_uri: redirectUri = '', response_type, scope, state } = given;
  record.clientId = clientId;
  const client = world.clients.get(clientId);
  if (!client) return 'the client_id is unknown';
  if (response_type !== 'code') return 'the response_type must be code';
  if (scope !== 'yahooads') return 'the scope must be yahooads';
  if ((state?.length ?? 0) > longestState) return `the state is longer than ${longestState} characters`;
  const isKnown = client.redirectUris?.includes(redirectUri) ?? isAddress(redirectUri);
  if (redirectUri !== outOfBand && !isKnown) return 'the redirect_uri is not registered';
  return { clientId, redirectUri, state };
}

const isAddress = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text);

/** @param person who has consented; undefined when the consent was denied */
function answered({ state: world, record }: OauthCall, asked: Asked, person: Person | undefined): Reply {
  const { clientId, redirectUri, state } = asked;
  if (person) record.businessId = person.businessId;
  const code = person && world.grants.newCode(clientId, person.businessId, redirectUri);
  if (redirectUri === outOfBand) {
    return page(
      code === undefined
        ? messagePage('Consent denied', 'You have denied the consent.')
        : messagePage('Consent given', 'Copy this code into your application:', code),
    );
  }
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(code === undefined ? { error: 'access_denied' } : { code }))
    location.searchParams.set(name, value);
  if (state !== undefined) location.searchParams.set('state', state);
  return { status: 302, headers: { location: location.href } };
}

function refused({ record }: OauthCall, detail: string): Reply {
  record.detail = detail;
  return { ...page(messagePage('The request cannot be carried out', detail)), status: 400 };
}

const page = (text: string): Reply => ({
  status: 200,
  text,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
});
