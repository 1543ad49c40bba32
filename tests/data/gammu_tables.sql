-- The tables of gammu-smsd as far as this program and its tests touch them, for machines without Debian's package. Where that is
-- installed the tests use the package's own definitions, and one test compares the two.
CREATE TABLE gammu ("Version" smallint NOT NULL PRIMARY KEY);
INSERT INTO gammu VALUES (17);
CREATE TABLE inbox (
    "ID" serial PRIMARY KEY, "UpdatedInDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0),
    "ReceivingDateTime" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0), "Text" text NOT NULL,
    "SenderNumber" varchar(20) NOT NULL DEFAULT '', "Coding" varchar(255) NOT NULL DEFAULT 'Default_No_Compression',
    "UDH" text NOT NULL, "Class" integer NOT NULL DEFAULT -1, "TextDecoded" text NOT NULL DEFAULT '',
    "RecipientID" text NOT NULL, "Processed" boolean NOT NULL DEFAULT false);
CREATE TABLE outbox (
    "ID" serial PRIMARY KEY, "UpdatedInDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0),
    "InsertIntoDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0), "SendingDateTime" timestamp NOT NULL DEFAULT LOCALTIMESTAMP(0),
    "DestinationNumber" varchar(20) NOT NULL DEFAULT '', "Coding" varchar(255) NOT NULL DEFAULT 'Default_No_Compression',
    "UDH" text, "TextDecoded" text NOT NULL DEFAULT '', "MultiPart" boolean NOT NULL DEFAULT false,
    "SendingTimeOut" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0), "CreatorID" text NOT NULL, "Priority" integer DEFAULT 0);
CREATE TABLE outbox_multipart (
    "ID" serial, "SequencePosition" integer NOT NULL DEFAULT 1, "Coding" varchar(255) NOT NULL DEFAULT 'Default_No_Compression',
    "UDH" text, "TextDecoded" text, PRIMARY KEY ("ID", "SequencePosition"));
CREATE TABLE phones (
    "ID" text NOT NULL, "UpdatedInDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0), "IMEI" varchar(35) PRIMARY KEY,
    "IMSI" varchar(35) NOT NULL, "Client" text NOT NULL, "Battery" integer NOT NULL DEFAULT -1, "Signal" integer NOT NULL DEFAULT -1);
CREATE TABLE sentitems (
    "ID" serial, "SequencePosition" integer NOT NULL DEFAULT 1, "UpdatedInDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0),
    "InsertIntoDB" timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0), "Text" text NOT NULL,
    "DestinationNumber" varchar(20) NOT NULL DEFAULT '', "UDH" text NOT NULL, "TextDecoded" text NOT NULL DEFAULT '',
    "SenderID" varchar(255) NOT NULL, "Status" varchar(255) NOT NULL DEFAULT 'SendingOK', "CreatorID" text NOT NULL,
    PRIMARY KEY ("ID", "SequencePosition"));
CREATE FUNCTION update_timestamp() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW."UpdatedInDB" := LOCALTIMESTAMP(0); RETURN NEW; END';
CREATE TRIGGER update_timestamp BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION update_timestamp();
CREATE TRIGGER update_timestamp BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION update_timestamp();
CREATE TRIGGER update_timestamp BEFORE UPDATE ON phones FOR EACH ROW EXECUTE FUNCTION update_timestamp();
CREATE TRIGGER update_timestamp BEFORE UPDATE ON sentitems FOR EACH ROW EXECUTE FUNCTION update_timestamp();
