-- Whether a person gets mails before keys end.
ALTER TABLE "users" ADD COLUMN "expiration_mails" BOOLEAN NOT NULL DEFAULT true;

-- What a person was told of a key: that it ends within so many days, at this time. A renewed key has another end, so it is
-- told anew. Nothing refers to it and it refers to nothing, because the sweep deletes each row when its end is over.
CREATE TABLE "expiration_notices" (
    "user" UUID NOT NULL,
    "key" UUID NOT NULL,
    "days" SMALLINT NOT NULL,
    "ends" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "expiration_notices_pkey" PRIMARY KEY ("user", "key", "days")
);

CREATE INDEX "expiration_notices_ends_idx" ON "expiration_notices"("ends");

-- The one mail of a day (UTC) to a person about a project: written before it is sent, so that of several processes one sends
-- it, and deleted if it could not be sent.
CREATE TABLE "expiration_mails" (
    "user" UUID NOT NULL,
    "project" UUID NOT NULL,
    "day" DATE NOT NULL,

    CONSTRAINT "expiration_mails_pkey" PRIMARY KEY ("user", "project", "day")
);
