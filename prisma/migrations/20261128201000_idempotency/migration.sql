-- The answers of creates and rotations that came with an Idempotency-Key, for a day. `call` is the hash of who called, the
-- method, the path and the header, so none of them can be read here. `body` is the hash of the fields. `answer` has no
-- key: it is derived again from SECRET_KEY, `salt` and the call, and is right if its hash is `hash`. JSON and not JSONB,
-- because the repeated answer has its fields in the same order.
CREATE TABLE "remembered_answers" (
    "call" BYTEA NOT NULL CHECK (octet_length("call") = 32),
    "body" BYTEA NOT NULL CHECK (octet_length("body") = 32),
    "salt" BYTEA NOT NULL CHECK (octet_length("salt") = 32),
    "hash" BYTEA NOT NULL CHECK (octet_length("hash") = 32),
    "answer" JSON NOT NULL,
    "made" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "remembered_answers_pkey" PRIMARY KEY ("call")
);

CREATE INDEX "remembered_answers_made_idx" ON "remembered_answers"("made");
