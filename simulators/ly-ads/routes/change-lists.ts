/** Adds, changes and removes audience lists: up to 20 in one request, each with a result of its own. */

import { z } from 'zod';
import { flag } from '../../shared/violations.ts';
import type { Account } from '../accounts.ts';
import { type AudienceList, listJson, newList } from '../lists.ts';
import { failedValue, levelOf, type Problem, problemOf, RefusalError, readRequest, succeeded } from '../refusal.ts';
import type { Call } from '../world.ts';
import { writableAccountOf } from './checks.ts';
import { flagField, idField, maybe, textField, wordField } from './fields.ts';

const mostOperands = 20;
/** Counted in code points. */
const longestName = 128;

const request = z.object({
  accountId: idField,
  operand: z
    .array(z.unknown(), 'a list')
    .min(1, 'a list of at least 1')
    .max(mostOperands, `a list of at most ${mostOperands}`),
});

const name = textField
  .refine((text) => text.trim() !== '', 'a name')
  .refine((text) => [...text].length <= longestName, `at most ${longestName} characters`);

const days = z.int('a whole number of days').min(1, 'at least 1').max(180, 'at most 180');

const contentOf = <T extends z.ZodType>(dataDuration: T) =>
  z.object(
    {
      audienceListType: wordField('CUSTOMER_DATA'),
      customerDataAudienceList: z.object({ dataDuration }, 'an object'),
    },
    'an object',
  );

const added = z.object(
  { audienceListName: name, description: maybe(textField), audienceListContent: contentOf(days) },
  'an object',
);

const changed = z.object(
  {
    audienceListId: idField,
    audienceListName: maybe(name),
    description: maybe(textField),
    isRemoveDescription: maybe(flagField),
    audienceListContent: contentOf(maybe(days)),
  },
  'an object',
);

const removed = z.object({ audienceListId: idField }, 'an object');

/** An error of one operand. The others are carried out. */
class OperandError extends Error {
  readonly problem: Problem;

  constructor(code: string, key: string, value: string | undefined, detail: string) {
    super(detail);
    this.problem = { code, key, value };
  }
}

export const addLists = (call: Call): object =>
  each(call, added, (operand, account, index) => {
    const { settings, state, clock } = call.world;
    const { audienceListName, description = null } = operand;
    const { dataDuration } = operand.audienceListContent.customerDataAudienceList;
    checkDays(call, dataDuration, index);
    checkName(call, account, audienceListName, index);
    if (state.lists(account.id).length >= settings.mostLists) {
      const detail = `the account ${account.id} has ${settings.mostLists} lists`;
      throw new OperandError('LT001', `operand[${index}]`, undefined, detail);
    }
    const list = newList({
      id: state.newListId(),
      accountId: account.id,
      name: audienceListName,
      description,
      dataDuration,
      usedAt: clock.time(),
    });
    state.addList(list);
    return list;
  });

export const setLists = (call: Call): object =>
  each(call, changed, (operand, account, index) => {
    const list = targetOf(call, account, operand.audienceListId, index);
    const { audienceListName, description, isRemoveDescription } = operand;
    const { dataDuration } = operand.audienceListContent.customerDataAudienceList;
    const { setDuration } = call.world.settings;
    if (audienceListName !== undefined && audienceListName !== list.name)
      checkName(call, account, audienceListName, index);
    if (dataDuration !== undefined && dataDuration !== list.dataDuration) {
      checkDays(call, dataDuration, index);
      if (setDuration === 'refused')
        throw new OperandError('210001', daysKey(index), String(dataDuration), 'dataDuration may not be changed');
      if (setDuration === 'takes') list.dataDuration = dataDuration;
    }
    if (audienceListName !== undefined) list.name = audienceListName;
    if (description !== undefined) list.description = description;
    if (isRemoveDescription === 'TRUE') list.description = null;
    return list;
  });

export const removeLists = (call: Call): object =>
  each(call, removed, (operand, account, index) => {
    const list = targetOf(call, account, operand.audienceListId, index);
    if (list.inUse)
      throw new OperandError('211008', `operand[${index}].audienceListId`, list.id, 'the list is set to an ad group');
    call.state.removeList(list.id);
    return list;
  });

/** Carries out a request operand by operand. @returns a value for each, in its order */
function each<T>(
  call: Call,
  schema: z.ZodType<T>,
  carryOut: (operand: T, account: Account, index: number) => AudienceList,
): object {
  const { accountId, operand } = readRequest(request, call.body);
  const account = writableAccountOf(call, accountId);
  const values = operand.map((given, index) => {
    try {
      const { data, error } = schema.safeParse(given, { reportInput: true });
      const problem = problemOf(error, `operand[${index}]`);
      if (problem) throw new OperandError(problem.code, problem.key ?? '', problem.value, problem.detail);
      const list = carryOut(data as T, account, index);
      call.record.listId = list.id;
      return succeeded('audienceList', listJson(list, call.world.clock.time(), call.world.settings, true));
    } catch (error) {
      if (!(error instanceof OperandError)) throw error;
      call.record.code = error.problem.code;
      call.record.detail = error.message;
      return failedValue('audienceList', [error.problem]);
    }
  });
  return { values };
}

/** The list of an operand that customers may change. */
function targetOf(call: Call, account: Account, id: string, index: number): AudienceList {
  const key = `operand[${index}].audienceListId`;
  const list = call.state.list(id);
  if (list?.accountId !== account.id) {
    const detail = `the account ${account.id} has no list ${id}`;
    flag(call, 'unknown_id', detail);
    throw unknownOrNot(call, '110005', key, id, detail);
  }
  if (list.type !== 'CUSTOMER_DATA') throw unknownOrNot(call, '210001', key, id, `the list is of type ${list.type}`);
  return list;
}

/** An error of this operand, or of the whole request if it has no other. */
function unknownOrNot(call: Call, code: string, key: string, value: string, detail: string): Error {
  const { operand } = call.body as { operand: readonly unknown[] };
  if (levelOf(call.world.settings) === 3 || operand.length > 1) return new OperandError(code, key, value, detail);
  return new RefusalError(code, { key, value, detail });
}

const daysKey = (index: number) => `operand[${index}].audienceListContent.customerDataAudienceList.dataDuration`;

function checkDays({ world }: Call, days: number, index: number): void {
  const { mostDays } = world.settings;
  if (days <= mostDays) return;
  throw new OperandError('V0001', daysKey(index), `Enter 1 to ${mostDays}.`, `at most ${mostDays} days`);
}

function checkName({ world, state }: Call, account: Account, name: string, index: number): void {
  if (world.settings.duplicateNames === 'allow' || !state.lists(account.id).some((list) => list.name === name)) return;
  throw new OperandError('D0001', `operand[${index}].audienceListName`, name, 'another list has that name');
}
