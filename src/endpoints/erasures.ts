/** The erasure list: people who asked to be left out of every audience. */
import { erasure, erasuresOfType, erasureUndone, people } from '../contracts/erasures.ts';
import { itemsOf } from '../domain/values/paging.ts';
import { endpoint, ok } from './endpoint.ts';

const read = { tag: 'Erasure list', access: 'erasures.read' } as const;
const write = { tag: 'Erasure list', access: 'erasures.write' } as const;

export const erasureEndpoints = {
  'GET /erasures': endpoint({
    ...read,
    operationId: 'countErasures',
    summary: 'Count the people on the erasure list',
    response: ok(itemsOf(erasuresOfType)),
  }),
  'POST /erasures': endpoint({
    ...write,
    operationId: 'forgetMembers',
    summary: 'Put people on the erasure list, and replace the audiences that may hold them',
    body: people,
    response: ok(erasure),
  }),
  'POST /erasures/undo': endpoint({
    ...write,
    operationId: 'undoErasures',
    summary: 'Take people off the erasure list: the next runs may send them again',
    body: people,
    response: ok(erasureUndone),
  }),
};
