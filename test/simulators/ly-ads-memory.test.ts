/** A world without a network: the same answers, and the same time for everything. */
import { expect, test } from 'vitest';
import { grant } from '../../simulators/ly-ads/admin.ts';
import { connectionTo } from '../../simulators/ly-ads/connection.ts';
import { createWorld } from '../../simulators/ly-ads/world.ts';
import { emails, listOf } from './ly-ads-client.ts';

async function history() {
  let time = Date.UTC(2026, 6, 1);
  const waits: number[] = [];
  const world = createWorld({
    now: () => time,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
    },
    faults: [
      { kind: 'slow', ms: 5000, endpoint: 'lists' },
      { kind: 'reset', when: 'after', endpoint: 'upload' },
    ],
  });
  const { accessToken } = grant(world);
  const connection = connectionTo(world);
  const answers: unknown[] = [];
  const send = async (path: string, body: object) => {
    time += 250;
    const form = body instanceof FormData ? new Response(body) : undefined;
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'x-z-base-account-id': '1001',
      'content-type': form?.headers.get('content-type') ?? 'application/json',
    };
    const bytes = form ? new Uint8Array(await form.arrayBuffer()) : JSON.stringify(body);
    const url = new URL(`http://ly.test/api/v20/AudienceListService/${path}`);
    const answer = await connection(url, { method: 'POST', headers, body: bytes }).catch(String);
    answers.push(typeof answer === 'string' ? answer : await answer.text());
  };
  await send('add', { accountId: 1011, operand: [listOf({ name: 'VIP', dataDuration: 30 })] });
  await send('get', { accountId: 1011 });
  const id = world.state.lists('1011').at(-1)!.id;
  const form = new FormData();
  form.append('file', emails(1, 120));
  const query = 'uploadType=MAIL_ADDRESS_AND_PHONE_NUMBER&compressType=NONE';
  await send(`uploadUserList?accountId=1011&audienceListId=${id}&${query}`, form);
  time += 60_000;
  await send('getUploadUserListStatus', { accountId: 1011, audienceListId: Number(id) });
  return { answers, waits, members: world.state.members(id).size, violations: world.state.violations };
}

test('a history is the same whenever it is played', async () => {
  const [first, again] = [await history(), await history()];
  expect(again).toEqual(first);
  expect(first).toMatchObject({ waits: [5000], members: 120, violations: [] });
  expect(first.answers[2]).toBe('TypeError: fetch failed');
  expect(first.answers[3]).toContain('"receivedDate":"20260701090006"');
});
