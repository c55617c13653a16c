-- What PostgreSQL grants to everybody by itself: our functions, and tables for a session, which fill the disk.
DO $$
DECLARE
    ours regprocedure;
BEGIN
    FOR ours IN
        SELECT oid FROM pg_proc
        WHERE proowner = current_user::regrole AND has_function_privilege('public', oid, 'EXECUTE')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', ours);
    END LOOP;
    -- Whoever owns the database keeps the right; an administrator's database is the administrator's business.
    IF has_database_privilege('public', current_database(), 'TEMPORARY')
        AND current_user = (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())
    THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
END
$$
