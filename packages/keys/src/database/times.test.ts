import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { timeOf } from './times.ts'

const { db } = await freshDatabase()

type Row = { time: string }
const readTimes = async (dates: Date[], zone = 'UTC') => {
  const client = await db.pool.connect()
  try {
    await client.query(`SET TIME ZONE '${zone}'`)
    const text = 'SELECT time FROM unnest($1::timestamptz[]) WITH ORDINALITY AS given (time, n) ORDER BY n'
    const { rows } = await client.query<Row>({ text, values: [dates.map((date) => date.toISOString())] })
    return rows.map(({ time }) => time)
  } finally {
    client.release(true)
  }
}

const FIRST = new Date('0001-01-01T00:00:00Z')
const LAST = new Date('9999-12-31T23:59:59.999Z')

test('a time is read as it leaves, with a fraction or without, in a session of any time zone', async () => {
  const inYears = fc.date({ min: FIRST, max: LAST, noInvalidDate: true })
  const whole = inYears.map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000))
  const dates = [FIRST, LAST, ...fc.sample(inYears, 200), ...fc.sample(whole, 200)]
  for (const zone of ['UTC', 'Asia/Tokyo', 'America/St_Johns']) {
    expect(await readTimes(dates, zone)).toEqual(dates.map(timeOf))
  }
})

test('a time that no response can hold is read as the nearest one that it can hold', async () => {
  const text = `SELECT unnest(ARRAY['infinity', '12026-01-01Z', '-infinity', '0044-03-15Z BC']::timestamptz[]) AS time`
  const { rows } = await db.pool.query<Row>(text)
  const [latest, earliest] = ['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z']
  expect(rows.map(({ time }) => time)).toEqual([latest, latest, earliest, earliest])
})

test('the shared connections of the hot reads give the same', async () => {
  const [row] = await db.pipeline.read({ text: 'SELECT $1::timestamptz AS time', values: ['9999-12-31T23:59:59Z'] })
  expect(row).toEqual({ time: '9999-12-31T23:59:59Z' })
})
