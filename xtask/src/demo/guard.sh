# Runs the shop for an owner and ends it when the owner is gone.
#
# Orders arrive on stdin: the name of a signal to send, or `quit`.
"$@" </dev/null &
shop=$!

# The shop alone holds the output now, so that its end shows as the end of the output.
exec >&- 2>&-

while read -r order; do
    if [ "$order" = quit ]; then
        wait "$shop"
        exit $?
    fi
    kill -s "$order" "$shop"
done

kill -s TERM "$shop"
sleep 2
kill -s KILL "$shop"
