-- Times that no response can hold (infinity, years before 1 or after 9999) are refused in the newer tables, too.
ALTER TABLE "remembered_answers" ADD CONSTRAINT "remembered_answers_real_dates"
CHECK ("made" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');

ALTER TABLE "expiration_notices" ADD CONSTRAINT "expiration_notices_real_dates"
CHECK ("ends" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00');
