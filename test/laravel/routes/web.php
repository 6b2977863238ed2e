<?php

use App\Events\ChatMessageSent;
use App\Events\OrderShipped;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Redis;
use Illuminate\Support\Facades\Route;

// As the pages of the protocol description call it.
Route::post('rpc/chat/send_message', static function (Request $request) {
    $data = ['message' => $request->input('message'), 'name' => Auth::user()->name];
    Redis::publish('broadcast', json_encode(['channel' => 'chat:' . $request->input('room', ''), 'data' => $data]));
    return response()->json(new stdClass());
})->middleware('auth');

Route::post('rpc/chat/send_message_echo', static function (Request $request) {
    $user = Auth::user();
    $event = new ChatMessageSent("Chat.{$request->input('room')}", $request->input('message'), ['id' => $user->id, 'name' => $user->name]);
    $request->boolean('others') ? broadcast($event)->toOthers() : broadcast($event);
    return response()->json(new stdClass());
})->middleware('auth');

Route::post('ship', static function (Request $request) {
    broadcast(new OrderShipped($request->all()))->toOthers();
    return response()->json(new stdClass());
});

Route::get('up', static fn () => 'up');
