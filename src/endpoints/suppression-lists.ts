/** Who must never be in an audience: suppression lists, and the erasure list of people who asked for it. */
import { erasure, erasuresOfType, erasureUndone, people } from '../contracts/erasures.ts';
import {
  letInQuery,
  newSuppressionList,
  seenSizes,
  suppressionList,
  suppressionListChange,
  suppressionListView,
} from '../domain/audiences/suppression-lists.ts';
import { itemsOf } from '../domain/values/paging.ts';
import { byId, created, endpoint, letIn, noContent, ok, revision } from './endpoint.ts';

const read = { tag: 'Suppression lists', access: 'suppression_lists.read' } as const;
const write = { tag: 'Suppression lists', access: 'suppression_lists.write' } as const;

export const suppressionListEndpoints = {
  'GET /suppression-lists': endpoint({
    ...read,
    operationId: 'listSuppressionLists',
    summary: 'List suppression lists',
    response: ok(itemsOf(suppressionList)),
  }),
  'POST /suppression-lists': endpoint({
    ...write,
    operationId: 'createSuppressionList',
    summary: 'Create a suppression list',
    idempotent: true,
    body: newSuppressionList,
    response: created(suppressionListView),
  }),
  'GET /suppression-lists/:id': endpoint({
    ...read,
    operationId: 'getSuppressionList',
    summary: 'Get a suppression list with the jobs that use it',
    params: byId,
    response: ok(suppressionListView),
  }),
  'PATCH /suppression-lists/:id': endpoint({
    ...write,
    operationId: 'changeSuppressionList',
    summary: 'Update a suppression list',
    params: byId,
    body: suppressionListChange.extend({ revision, let_in: letIn }),
    response: ok(suppressionListView),
  }),
  'DELETE /suppression-lists/:id': endpoint({
    ...write,
    operationId: 'deleteSuppressionList',
    summary: 'Delete a suppression list that no job chooses; of one for all jobs, confirm who comes back',
    params: byId,
    query: letInQuery,
    response: noContent,
  }),
  'POST /suppression-lists/:id/accept-size': endpoint({
    ...write,
    operationId: 'acceptSuppressionListSize',
    summary: 'Accept what a suppression list has after it has shrunk: send back what its `refusals` show',
    params: byId,
    body: seenSizes,
    response: ok(suppressionListView),
  }),
};

const readErasures = { tag: 'Erasure list', access: 'erasures.read' } as const;
const writeErasures = { tag: 'Erasure list', access: 'erasures.write' } as const;

export const erasureEndpoints = {
  'GET /erasures': endpoint({
    ...readErasures,
    operationId: 'countErasures',
    summary: 'Count the people on the erasure list',
    response: ok(itemsOf(erasuresOfType)),
  }),
  'POST /erasures': endpoint({
    ...writeErasures,
    operationId: 'forgetMembers',
    summary: 'Put people on the erasure list, and replace the audiences that may hold them',
    body: people,
    response: ok(erasure),
  }),
  'POST /erasures/undo': endpoint({
    ...writeErasures,
    operationId: 'undoErasures',
    summary: 'Take people off the erasure list: the next runs may send them again',
    body: people,
    response: ok(erasureUndone),
  }),
};
