/** Small, realistic mistakes of the guard and of approvals. */
import type { StoredApproval } from '../../../src/domain/jobs/approvals.ts';
import { alertedOften, approvedLate, type Mistake, shrunkLater } from '../find.ts';
import { inReads, inResumedState, inState } from '../planting.ts';

/** As if a person had approved any result. */
const everything: StoredApproval = {
  audiences: [1, 2, 3].map((delivery) => ({
    delivery,
    identifierType: 'email',
    field: '',
    audienceId: null,
    audienceName: null,
    before: null,
    after: 0,
    reasons: (['audience_shrinks', 'audience_size_unknown'] as const).map((code) => ({
      code,
      measured: null,
      limit: 0,
      message: '',
    })),
  })),
  sourceRevision: null,
  jobRevision: 1,
  at: '',
};

export const guardMistakes: Record<string, Mistake> = {
  'skips the guard when a run continues': {
    plant: inResumedState((state) => ({ ...state, request: { ...state.request, maxShrink: 1 } })),
    breaks: ['guard'],
    seed: 119,
  },
  'takes every run for one that a person let pass the guard': {
    plant: inReads((reads) => ({
      getRun: async (id) => ({ ...(await reads.getRun(id)), approval: everything }),
    })),
    breaks: ['guard'],
    seed: 1,
  },
  'lets an approval count for whatever a new scan gives': {
    plant: inState((state) => ({
      ...state,
      approval: state.approval && {
        ...state.approval,
        audiences: state.approval.audiences.map((audience) => ({ ...audience, before: null, after: 0 })),
      },
    })),
    breaks: ['guard'],
    seed: 2,
    planOf: approvedLate,
  },
  'lets a rule stop the first audience only': {
    plant: inState((state) => ({
      ...state,
      request: {
        ...state.request,
        siblings: state.request.siblings?.map((sibling) => ({ ...sibling, alerts: undefined })),
      },
    })),
    breaks: ['alert'],
    seed: 3,
    planOf: alertedOften,
  },
  'compares with the wrong size of the audience': {
    plant: inReads((reads) => ({
      lastReplace: async (...given) => {
        const last = await reads.lastReplace(...given);
        return last && { ...last, unique: 1 };
      },
    })),
    breaks: ['guard'],
    seed: 3,
    planOf: shrunkLater,
  },
};
