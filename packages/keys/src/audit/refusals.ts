import { ERROR_CODES, type ErrorCode } from '@project-keys/verify'
import { type Act, stampOf } from '../database/act.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../generated/client.ts'
import { SERVER_CHAIN } from './chain.ts'

/** The refusals of somebody who tries to sign in. */
const FAILED_SIGN_INS: ErrorCode[] = ['invalid_link', 'invalid_invitation']

export const isRecorded = (code: ErrorCode, act: Act): boolean =>
  act.kind === 'anonymous' ? FAILED_SIGN_INS.includes(code) : ERROR_CODES[code].status === 403

type Refused = { act: Act; procedure: string; error_code: ErrorCode; organization: string | null }

/**
 * Counts a refusal, which is one event a minute for each person or, of anonymous callers, each address. A fault of the
 * database takes nothing from the answer.
 */
export async function countRefusal({ prisma }: Pick<Database, 'prisma'>, refused: Refused): Promise<void> {
  const { act, procedure, error_code, organization } = refused
  const who = 'user' in act ? act.user : 'key' in act ? act.key : (act.address ?? '')
  const counting = prisma.$executeRaw`INSERT INTO audit_refusals AS r (minute, chain, who, kind, by, count)
    VALUES (date_trunc('minute', now()), ${organization ?? SERVER_CHAIN}::uuid, ${who}, ${`${procedure} ${error_code}`},
      ${stampOf(act)}, 1)
    ON CONFLICT (minute, chain, who, kind) DO UPDATE SET count = r.count + 1`
  await counting.catch(() => 0)
}

/** The refusals of minutes that are over become changes to seal. */
export const moveRefusals = (tx: Pick<Prisma.TransactionClient, '$executeRaw'>): Promise<number> =>
  tx.$executeRaw`WITH over AS (
      DELETE FROM audit_refusals WHERE minute < date_trunc('minute', now()) - interval '2 s' RETURNING *
    )
    INSERT INTO audit_pending (at, entity, op, after, by)
    SELECT minute, 'refusals', 'RECORD', jsonb_build_object('procedure', split_part(kind, ' ', 1),
      'error_code', split_part(kind, ' ', 2), 'count', count, 'organization', nullif(chain, ${SERVER_CHAIN}::uuid)),
      (by::jsonb || '{"action":"request.refuse"}')::text
    FROM over ORDER BY minute`
