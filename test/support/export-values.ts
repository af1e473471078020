/** What the form of an export holds, for tests of its values. */
import { blankValues, changed } from '../../web/pages/export/values.ts';

/** A plain export with all that it needs. */
export const wholeExport = changed(blankValues('Asia/Tokyo'), {
  name: 'VIP customers',
  configuration: {
    segment_id: '/members/vip.csv',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    id_field: 'email',
  },
});
